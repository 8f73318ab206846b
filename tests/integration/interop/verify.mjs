// Shows tokens to the recipe of docs/guard.md: tokens in; one line each out, the user or a refusal.
// With "--poll" before them the revocation feed is read first.
import { check, poll } from "./wxlogin.mjs";

const [first, ...rest] = process.argv.slice(2);
if (first === "--poll") await poll();
for (const token of first === "--poll" ? rest : [first, ...rest]) {
  try {
    console.log((await check(token)).sub);
  } catch (refusal) {
    console.log(`refused: ${refusal.code ?? refusal.message}`);
  }
}
