// Runs a module made of bare/wasm.c, in node or deno: bits.mjs MODULE
import { readFileSync } from "node:fs";
import process from "node:process";

const decoder = new TextDecoder();
let text = "";
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {
  host: {
    print: (at, len) => {
      text += decoder.decode(new Uint8Array(instance.exports.memory.buffer, at, len));
    },
  },
});
const failed = instance.exports.run();
process.stdout.write(text);
process.exit(failed);
