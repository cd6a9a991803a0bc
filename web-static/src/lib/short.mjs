/** A text as four characters: what catalogues of words have in its place, since English beside every language is what
 *  would be fetched twice. FNV-1a, 24 bits of it; that no two texts share one is checked when the catalogues are made.
 *  @param {string} text */
export function short(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = (h ^ (h >>> 24)) & 0xffffff;
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return [18, 12, 6, 0].map((at) => letters[(h >> at) & 63]).join("");
}
