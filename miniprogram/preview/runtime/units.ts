/** Rewrites the units that browsers lack: rpx, the phone's own vw and vh, and the page's rem. */
export function units(value: string): string {
  return value
    .replace(/(-?\d*\.?\d+)rpx\b/g, 'calc($1 * var(--rpx))')
    .replace(/(-?\d*\.?\d+)rem\b/g, 'calc($1 * var(--rem))')
    .replace(/(-?\d*\.?\d+)v([wh])\b/g, '$1cq$2')
}
