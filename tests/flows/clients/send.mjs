// One of the published Node clients, as its users call it: node send.mjs CLIENT URL KEY TICKS
// Sends one event of each kind and TICKS more, waits until none is under way, and prints the failures as a JSON list.
import RudderStack from "@rudderstack/rudder-sdk-node";
import { Analytics } from "@segment/analytics-node";

const [, , name, url, key, ticks] = process.argv;

const clients = {
  segment() {
    const client = new Analytics({ writeKey: key, host: url, flushInterval: 500 });
    const failures = [];
    client.on("error", (error) => failures.push(String(error.reason ?? error.code)));
    return { client, end: async () => (await client.closeAndFlush(), failures) };
  },
  rudderstack() {
    const client = new RudderStack(key, { dataPlaneUrl: url, flushInterval: 500, logLevel: "none" });
    const failures = [];
    const answers = [];
    client.errorHandler = (error) => failures.push(error.message);
    const told = (call) => (message) => answers.push(new Promise((done) => call.call(client, message, done)));
    const calls = ["identify", "track", "page", "screen", "group", "alias"].map((kind) => [kind, told(client[kind])]);
    return { client: Object.fromEntries(calls), end: async () => (await Promise.all(answers), failures) };
  },
};

const { client, end } = clients[name]();
client.identify({ userId: "u1", anonymousId: "v1", traits: { plan: "free" } });
client.track({ userId: "u1", event: "post_created", properties: { post_id: "7" } });
client.page({ userId: "u1", category: "docs", name: "start", properties: { url: "https://app.example/start" } });
client.screen({ userId: "u1", category: "app", name: "home" });
client.group({ userId: "u1", groupId: "team-1", traits: { size: 3 } });
client.alias({ previousId: "v0", userId: "u1" });
for (let number = 0; number < Number(ticks); number++) {
  client.track({ userId: `u${number}`, event: "tick", properties: { number, bad: NaN } });
}
process.stdout.write(JSON.stringify(await end()));
