/** The members of a JSON answer, for tests to look into. */
export async function readJson(response: Response): Promise<Record<string, string>> {
  return (await response.json()) as Record<string, string>;
}
