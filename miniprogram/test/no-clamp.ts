/**
 * A timer of no time takes one millisecond in Node and four in a browser, and moving a fake clock
 * starts one at each step. What is used here does not wait.
 */
const slow = globalThis.setTimeout
const soon = (globalThis as { setImmediate?: (act: () => void) => void }).setImmediate ?? messenger()

globalThis.setTimeout = ((act: () => void, ms = 0) => (ms > 0 ? slow(act, ms) : soon(act))) as typeof setTimeout

function messenger(): (act: () => void) => void {
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.onmessage = () => waiting.shift()?.()
  return (act) => {
    waiting.push(act)
    port2.postMessage(undefined)
  }
}
