/*
 * `npm run browser-review`: fails two months after the last look for a newer browser. Chromium gets security fixes
 * every week, and pages are customers' content.
 */

/** The day on which @sparticuz/chromium was last compared with Chromium's stable channel. */
export const reviewedOn = '2026-11-28';
const daysAtMost = 60;

const days = Math.floor((Date.now() - Date.parse(reviewedOn)) / 86_400_000);
if (days > daysAtMost) {
  console.error(`The browser was last reviewed on ${reviewedOn}, ${days} days ago. See SECURITY.md, "Dependencies".`);
  process.exitCode = 1;
}
