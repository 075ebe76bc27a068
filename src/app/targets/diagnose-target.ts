import { diagnose } from '../../diagnosis/diagnose.ts';
import { viewDiagnosis } from '../../diagnosis/diagnosis-view.ts';
import { gatherDiagnosis } from '../../diagnosis/gather-diagnosis.ts';
import type { DiagnosisPorts } from '../../diagnosis/ports.ts';
import type { Target } from '../../keys/target.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import type { DiagnosisAnswer } from '../contract.ts';

/** The adapters of a diagnosis; those that also write are opened for reading only. */
type DiagnosisParts = Omit<DiagnosisPorts, 'accounts' | 'secrets'> & Pick<EnginePorts, 'accounts' | 'secrets'>;

/** Asks Azure, and says what is wrong, for whichever address is to be tested. */
export async function diagnoseTarget(parts: DiagnosisParts, target: Target): Promise<DiagnosisAnswer> {
  const ports = {
    ...parts,
    accounts: parts.accounts(readOnlyFence),
    secrets: parts.secrets(target.vaultUrl, readOnlyFence),
  };
  const gathered = await gatherDiagnosis(ports, target);
  return {
    kind: 'diagnosed',
    diagnosisFor: (address) => viewDiagnosis(target.name, diagnose({ ...gathered, address }), gathered.nowMs),
  };
}
