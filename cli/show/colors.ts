import picocolors from 'picocolors';

const { env, stdout } = process;

/** None where nobody sees them, also in a pipeline: what is printed there is read by programs. NO_COLOR and FORCE_COLOR decide as ever. */
export const colors = picocolors.createColors(
  picocolors.isColorSupported && (stdout.isTTY === true || Boolean(env.FORCE_COLOR)),
);
