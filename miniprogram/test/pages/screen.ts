/** One page of the mini-program on a fake phone: real templates, real code, in a DOM of jsdom. */
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { vi } from 'vitest'
import type { Texts } from '../../app/texts'
import type { Client } from '../../app/wxlogin'
// @ts-expect-error a plain script without types
import { project } from '../../preview/builder/project.mjs'
// @ts-expect-error a plain script without types
import { templates } from '../../preview/builder/templates.mjs'
import { createBackend, prepared } from '../../preview/runtime/backend'
import { boxes } from '../../preview/runtime/builtins/boxes'
import { buttons } from '../../preview/runtime/builtins/buttons'
import { formParts } from '../../preview/runtime/builtins/form'
import { FakePhone } from '../fake-wx'

const CODE = import.meta.glob('../../app/{pages,components}/**/*.ts')
/** Longer than the client is patient, shorter than a token lives. */
const A_WHILE = 40_000

type Definition = Record<string, unknown>
type Shared = { client: Client; onLaunch(): void }
type Modal = { title: string; content: string; confirmText: string; cancelText: string }
type PrivacyListener = (resolve: (result: { event: string }) => void) => void

const components: { path: string; page: boolean; json: object }[] = project().components
const built = templates(components)
const groups = (0, eval)(`(${built.groups})`) as Record<string, unknown>

export class Screen {
  readonly toasts: { title: string; icon: string }[] = []
  readonly modals: Modal[] = []
  /** Where pages led to. */
  readonly went: string[] = []
  /** What the person answers to coming dialogs. */
  readonly answers: boolean[] = []
  title = ''
  /** The page on top, which pages lead away from and the test stays on. */
  top = ''
  clipboard = ''
  contracts = 0
  pulled = 0
  /** The one that WeChat asks, when something private is about to be used. */
  privacy?: PrivacyListener
  client!: Client
  t!: Texts
  page!: Record<string, unknown> & { data: Record<string, unknown> }

  constructor(
    readonly phone: FakePhone,
    readonly path: string,
  ) {}

  private readonly ui = {
    showToast: (toast: Screen['toasts'][number]) => void this.toasts.push(toast),
    showModal: async (modal: Modal) => {
      this.modals.push(modal)
      return { confirm: this.answers.shift() ?? false }
    },
    navigateTo: async ({ url }: { url: string }) => this.go(url, url),
    reLaunch: async ({ url }: { url: string }) => this.go(`anew ${url}`, url),
    navigateBack: async () => this.go('back', `/${this.path}`),
    setNavigationBarTitle: async ({ title }: { title: string }) => void (this.title = title),
    stopPullDownRefresh: async () => void this.pulled++,
    setClipboardData: ({ data, success }: { data: string; success(): void }) => {
      this.clipboard = data
      success()
    },
    openPrivacyContract: () => void this.contracts++,
    onNeedPrivacyAuthorization: (ask: PrivacyListener) => void (this.privacy = ask),
    getPrivacySetting: ({ success }: { success(setting: object): void }) =>
      success({ privacyContractName: '' }),
  }

  /** Pages take a while to change. */
  private async go(went: string, to: string): Promise<void> {
    this.went.push(went)
    await new Promise((resolve) => setTimeout(resolve, 10))
    this.top = to.slice(1).split('?')[0]
  }

  /** Starts the mini-program anew, with this page on top, as far as the first frame. */
  async open(): Promise<void> {
    vi.resetModules()
    // A new body, for the listeners of the last start are on the old one.
    document.body = document.createElement('body')
    document.body.innerHTML = '<main id="pages"></main>'
    this.top = this.path
    this.phone.install(this.ui)
    let app!: Shared
    Object.assign(globalThis, {
      App: (definition: Shared) => (app = definition),
      getApp: () => app,
      getCurrentPages: () => [{ route: this.top }],
    })
    await import('../../app/app')
    this.client = app.client
    app.onLaunch()
    this.t = (await import('../../app/texts')).texts
    await this.draw()
  }

  private async draw(): Promise<void> {
    const environment = new MiniProgramEnv()
    const space = prepared(environment.createCodeSpace('', true))
    for (const define of [boxes, buttons, formParts]) define(space.getComponentSpace())
    for (const { path, page, json } of components) {
      space.addComponentStaticConfig(path, json)
      space.addCompiledTemplate(path, { groupList: groups, content: groups[path] })
      // A component's classes get its name in front: `notice--spinner`.
      space.addStyleSheet(path, undefined, page ? undefined : path.split('/').pop())
    }
    for (const { path, page } of components) {
      if (page && path !== this.path) continue
      let register!: () => void
      Object.assign(globalThis, {
        Page: (definition: Definition) =>
          (register = () => space.component(path).pageDefinition(definition).register()),
        Component: (definition: Definition) =>
          (register = () => space.component(path).definition(definition).register()),
      })
      await CODE[`../../app/${path}.ts`]()
      register()
    }
    const backend = environment.associateBackend(createBackend())
    const root = backend.createRoot('wx-page', space, `/${this.path}`)
    const host = document.querySelector('#pages') as HTMLElement
    const placeholder = host.appendChild(document.createElement('span'))
    this.page = root.get() as unknown as Screen['page']
    root.attach(host, placeholder)
    void this.call('onLoad', {})
    this.call('onShow')
    root.getComponent().triggerPageLifetime('show', [])
  }

  /** Calls what WeChat calls on a page. */
  call(name: string, ...values: unknown[]): unknown {
    return (this.page[name] as ((...values: unknown[]) => unknown) | undefined)?.(...values)
  }

  /** Lets all that is under way come to an end. */
  async quiet(): Promise<void> {
    await vi.advanceTimersByTimeAsync(A_WHILE)
  }

  /** What a person reads, without what they typed. */
  get text(): string {
    return document.querySelector('#pages')?.textContent?.replace(/\s+/g, ' ').trim() ?? ''
  }

  all(selector: string): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>(`#pages ${selector}`)]
  }

  /** The first element of its kind that says `words`, or any when there are none. */
  find(selector: string, words = ''): HTMLElement {
    const found = this.all(selector).find((one) => one.textContent?.includes(words))
    if (!found) throw new Error(`no ${selector} with "${words}" in: ${this.text}`)
    return found
  }

  tap(selector: string, words = ''): void {
    const found = this.find(selector, words)
    for (const name of ['mousedown', 'mouseup', 'click']) {
      found.dispatchEvent(new MouseEvent(name, { bubbles: true, clientX: 1, clientY: 1 }))
    }
  }

  /** Raises what WeChat's own parts raise. */
  raise(selector: string, event: string, detail: object): void {
    const { __wxElement } = this.find(selector) as unknown as {
      __wxElement: { triggerEvent(name: string, detail: object): void }
    }
    __wxElement.triggerEvent(event, detail)
  }

  type(text: string): void {
    const input = this.find('input') as HTMLInputElement
    input.value = text
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }

  disabled(selector: string, words = ''): boolean {
    return this.find(selector, words).hasAttribute('disabled')
  }
}

/** What the service saw, and with which body. */
export const told = ({ service }: FakePhone, method: string, path: string): object[] =>
  service.asked.filter((asked) => asked.method === method && asked.path === path).map(({ data }) => data)
