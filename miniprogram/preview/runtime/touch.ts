/**
 * A touch ends in a click on whatever is there by then. Where the touch opened a page or a dialog,
 * nobody meant the button that now happens to lie under the finger.
 */
export function dropStrayClicks(screen: Element): void {
  const layer = ({ target }: Event) => (target as Element).closest('wx-page, .wx-layer')
  let pressed: Element | null = null
  screen.addEventListener('pointerdown', (event) => (pressed = layer(event)), { capture: true })
  screen.addEventListener(
    'click',
    (event) => {
      // A click without a count comes from a key or from code.
      if ((event as MouseEvent).detail && layer(event) !== pressed) event.stopPropagation()
    },
    { capture: true },
  )
}
