import type { Cloud } from './clouds.ts';

/** `endpoint`'s origin, when it is surely an AI account's host: keys and tokens go nowhere else. */
export function accountOrigin(endpoint: string, cloud: Cloud): string | null {
  const url = URL.parse(endpoint);
  if (url === null || url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') {
    return null;
  }
  return cloud.cognitive.suffixes.some((suffix) => url.hostname.endsWith(`.${suffix}`)) ? url.origin : null;
}
