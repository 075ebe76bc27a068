import { diagnose } from '../diagnosis/diagnose.ts';
import { viewDiagnosis } from '../diagnosis/diagnosis-view.ts';
import { gatherDiagnosis } from '../diagnosis/gather-diagnosis.ts';
import type { DiagnosisPorts } from '../diagnosis/ports.ts';
import type { Accounts, Secrets } from '../keys/ports.ts';
import type { Target } from '../keys/target.ts';
import type { Fence } from '../shared/fence.ts';
import type { DiagnosisAnswer, TestedAddress } from './contract.ts';
import { readsOnly } from './reads-only.ts';

/** The adapters of a diagnosis; those that also write are opened for reading alone. */
export interface DiagnosisParts extends Omit<DiagnosisPorts, 'accounts' | 'secrets'> {
  accounts(fence: Fence): Accounts;
  secrets(vaultUrl: string, fence: Fence): Secrets;
}

/** Asks Azure, and says what is wrong. */
export async function diagnoseTarget(
  parts: DiagnosisParts,
  target: Target,
  address: TestedAddress,
): Promise<DiagnosisAnswer> {
  const ports = { ...parts, accounts: parts.accounts(readsOnly), secrets: parts.secrets(target.vaultUrl, readsOnly) };
  const facts = await gatherDiagnosis(ports, target, address);
  return { kind: 'diagnosed', diagnosis: viewDiagnosis(target.name, diagnose(facts), facts.nowMs) };
}
