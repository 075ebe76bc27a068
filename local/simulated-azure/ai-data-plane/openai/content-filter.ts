const safe = { filtered: false, severity: 'safe' };
const absent = { filtered: false, detected: false };

/** What the content filter says of an answer in which it finds nothing. */
export const completionFilterResults = {
  hate: safe,
  protected_material_code: absent,
  protected_material_text: absent,
  self_harm: safe,
  sexual: safe,
  violence: safe,
};

/** The same of a prompt. */
export const promptFilterResults = [
  {
    prompt_index: 0,
    content_filter_results: { hate: safe, jailbreak: absent, self_harm: safe, sexual: safe, violence: safe },
  },
];
