// node join.mjs ORIGIN INVITATION STATE: somebody who is invited comes in; the session is kept in STATE.
import { browser, joinAs } from "./kit.mjs";

const [origin, invitation, state] = process.argv.slice(2);
const chrome = await browser();
const context = await chrome.newContext({ ignoreHTTPSErrors: true });
console.log(await joinAs(context, origin, invitation, "a long enough passphrase 7"));
await context.storageState({ path: state });
await chrome.close();
