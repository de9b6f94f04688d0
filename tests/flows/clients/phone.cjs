// The published React Native client in Node: node phone.cjs TICKS, with the code that the admin shows on standard input
// and the folder `phone` in NODE_PATH. It ends when the client has nothing left to send.
const analytics = require("@segment/analytics-react-native");

const code = require("node:fs").readFileSync(0, "utf8");
const [imported, ...rest] = code.split("\n");
if (imported !== 'import { createClient } from "@segment/analytics-react-native";') throw new Error(imported);
const run = new Function("createClient", rest.join("\n").replace("export const agora", "const agora") + "\nreturn agora;");
// It speaks of what it does on standard output.
console.info = console.log = console.warn = () => {};
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function main(ticks) {
  const agora = run(analytics.createClient);
  for (let number = 0; number < ticks; number++) agora.track("tick", { number });
  await pause(500);
  while ((await agora.pendingEvents()) > 0) {
    await agora.flush();
    await pause(200);
  }
  process.exit(0);
}

main(Number(process.argv[2]));
