/** Of the tests' own environment what any process needs, and where Node keeps what it has compiled: no proxy, no setting, no secret. */
export function bareEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE };
}
