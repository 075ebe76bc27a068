import type { CoreInvocationContext, HookName, Registrations } from './core-module.ts';
import type { InvocationOutcome, InvocationRequest, LogLevel } from './wire.ts';

/** Where one worker keeps what hooks share; app-level and invocation-level data are separate. */
export type HookData = Record<string, unknown>;

/**
 * Runs one invocation inside the worker, in the real worker's order: arguments, preInvocation hooks (may replace inputs and
 * handler), handler, postInvocation hooks (may replace result and error), response. Never rejects.
 */
export async function invokeFunction(
  registrations: Registrations,
  request: InvocationRequest,
  appHookData: HookData,
  log: (level: LogLevel, category: 'user' | 'system', message: string) => void,
): Promise<InvocationOutcome> {
  try {
    const registered = registrations.functions.get(request.functionId);
    const model = registrations.model;
    if (registered === undefined || model === undefined) {
      throw new Error(`Function "${request.functionId}" is not registered in this worker.`);
    }
    const coreContext: CoreInvocationContext = {
      invocationId: request.invocationId,
      request,
      metadata: registered.metadata,
      log,
    };
    const invocation = model.getInvocationModel(coreContext);
    const { context, inputs } = await invocation.getArguments();
    const shared = { hookData: {}, appHookData, invocationContext: context };

    coreContext.state = 'preInvocationHooks';
    const before = { ...shared, inputs, functionCallback: registered.callback };
    await runHooks(registrations, 'preInvocation', before);

    coreContext.state = 'invocation';
    const after: Record<string, unknown> = { ...shared, inputs: before.inputs, result: null, error: null };
    try {
      after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback);
    } catch (error) {
      after.error = error ?? new Error('The handler threw nothing.');
    }

    coreContext.state = 'postInvocationHooks';
    await runHooks(registrations, 'postInvocation', after);
    coreContext.state = undefined;
    if (after.error !== null && after.error !== undefined) throw after.error;

    const response = await invocation.getResponse(context, after.result);
    return { succeeded: true, returnValue: response.returnValue ?? null };
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { succeeded: false, error: error instanceof Error ? error.message : String(error), stack };
  }
}

/** Runs the hooks of one name in the order they were registered; the first that throws ends it. */
export async function runHooks(
  registrations: Registrations,
  name: HookName,
  context: Record<string, unknown>,
): Promise<void> {
  for (const callback of registrations.hooks[name]) await callback(context);
}
