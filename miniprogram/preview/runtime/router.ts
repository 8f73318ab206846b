import type { AssociatedBackend, CodeSpace, Root } from 'glass-easel-miniprogram-adapter'

type Settings = Record<string, string | undefined>
interface Shown {
  path: string
  page: ReturnType<Root['get']>
  root: Root
  element: HTMLElement
  title: string
}
export interface Site {
  pages: string[]
  window: Settings
  /** Of each page's own JSON. */
  settings: Record<string, Settings>
}

const MOST_PAGES = 10
const $ = (selector: string) => document.querySelector(selector) as HTMLElement

/** Keeps the pages on top of one another, and the bar above them. */
export class Router {
  private readonly stack: Shown[] = []

  constructor(
    private readonly backend: AssociatedBackend,
    private readonly space: CodeSpace,
    private readonly site: Site,
  ) {
    $('#nav-back').addEventListener('click', () => this.back(1))
  }

  get pages(): Shown['page'][] {
    return this.stack.map(({ page }) => page)
  }

  navigateTo(url: string): void {
    if (this.stack.length >= MOST_PAGES) throw new Error('webview count limit exceed')
    this.visible('onHide')
    this.open(url, true)
  }

  reLaunch(url: string): void {
    this.known(url)
    while (this.stack.length) this.close()
    this.open(url, false)
  }

  back(delta: number): void {
    const left = Math.max(1, this.stack.length - delta)
    if (left === this.stack.length) return
    while (this.stack.length > left) this.close()
    this.show()
  }

  entitle(title: string): void {
    const top = this.top
    if (!top) return
    top.title = title
    $('#nav-title').textContent = title
  }

  /** Tells the page on top that the mini-program left the screen, or came back. */
  visible(event: 'onShow' | 'onHide'): void {
    const top = this.top
    if (!top) return
    run(top.page, event)
    top.root.getComponent().triggerPageLifetime(event === 'onShow' ? 'show' : 'hide', [])
  }

  private get top(): Shown | undefined {
    return this.stack.at(-1)
  }

  private known(url: string): { path: string; query: Record<string, string> } {
    const [address, search] = url.split('?')
    const path = address.replace(/^\//, '')
    if (!this.site.pages.includes(path)) throw new Error(`page "${path}" is not found`)
    return { path, query: Object.fromEntries(new URLSearchParams(search)) }
  }

  private open(url: string, sliding: boolean): void {
    const { path, query } = this.known(url)
    const root = this.backend.createRoot('wx-page', this.space, `/${path}`)
    const placeholder = document.createElement('span')
    $('#pages').appendChild(placeholder)
    const page = root.get()
    Object.assign(page, { route: path, options: query })
    const element = root.getComponent().getBackendElement()
    element.setAttribute('is', path)
    element.toggleAttribute('data-sliding', sliding)
    root.attach($('#pages'), placeholder)
    const title = this.site.settings[path]?.navigationBarTitleText ?? ''
    this.stack.push({ path, page, root, element, title: title || this.site.window.navigationBarTitleText || '' })
    run(page, 'onLoad', query)
    this.show()
    run(page, 'onReady')
  }

  private close(): void {
    const closed = this.stack.pop()
    if (!closed) return
    run(closed.page, 'onUnload')
    closed.root.release()
    closed.element.remove()
  }

  private show(): void {
    const top = this.top
    if (!top) return
    this.stack.forEach((one) => (one.element.hidden = one !== top))
    $('#nav-title').textContent = top.title
    $('#nav-back').hidden = this.stack.length < 2
    $('#nickname-bar').hidden = true
    this.visible('onShow')
  }
}

/** A page's failure is its own; it must not stop the others. */
function run(page: Shown['page'], name: string, ...values: unknown[]): void {
  void (async () => page[name]?.(...values))().catch((wrong: unknown) => console.error(wrong))
}
