/** A page of the docs, as its text. */
declare module '*.md' {
  const text: string;
  export default text;
}
