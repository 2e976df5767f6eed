// The address of the page, written over or added to. A file in some browsers, or a page in a foreign frame, may not:
// then the address stays, and nothing else is missing.

/**
 * @param {"pushState" | "replaceState"} how
 * @param {URL} url
 */
export function writeAddress(how, url) {
  try {
    window.history[how](null, "", url);
  } catch (error) {
    if (error.name !== "SecurityError") throw error;
  }
}
