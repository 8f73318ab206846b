/** The part of glass-easel (WeChat's component framework, MIT) that the preview uses. */
declare module 'glass-easel-miniprogram-adapter' {
  /** A page's or component's object, as its own code sees it. */
  export interface Instance {
    data: Record<string, unknown>
    $$: HTMLElement
    is: string
    setData(data: object): void
    triggerEvent(name: string, detail?: unknown, options?: object): void
    ownerShadowRoot?: { getHostNode(): Instance; querySelector(selector: string): Instance | null }
  }
  export interface ComponentSpace {
    defineComponent(definition: object): unknown
    setGlobalUsingComponent(tag: string, component: unknown): void
    _$allowUnusedNativeNode: boolean
  }
  export interface CodeSpace {
    getComponentSpace(): ComponentSpace
    prepareComponentOptions(is: string, options: object): [object, unknown]
    addComponentStaticConfig(path: string, config: object): void
    addCompiledTemplate(path: string, template: { groupList: unknown; content: unknown }): void
    addStyleSheet(path: string, sheet: undefined, scope?: string): void
    globalComponentEnv(scope: object, path: string, load: () => void): void
    component(path: string): {
      definition(definition: object): { register(): void }
      pageDefinition(definition: object): { register(): void }
    }
  }
  export interface Root {
    get(): Instance & Record<string, ((...values: unknown[]) => unknown) | undefined>
    getComponent(): {
      getBackendElement(): HTMLElement
      triggerPageLifetime(name: string, values: unknown[]): void
    }
    attach(parent: Element, placeholder: Element): void
    release(): void
  }
  export interface AssociatedBackend {
    createRoot(tag: string, space: CodeSpace, url: string): Root
  }
  export class MiniProgramEnv {
    createCodeSpace(id: string, main: boolean): CodeSpace
    associateBackend(backend: object): AssociatedBackend
  }
  export interface Backend {
    document: object
    setListenerStats(element: Element, type: string, capture: boolean, mutated: unknown): void
    onEvent(
      listener: (target: unknown, type: string, detail: unknown, options: object) => number,
    ): void
  }
  interface Event {
    getEventBubbleStatus(): number
  }
  export const glassEasel: {
    CurrentWindowBackendContext: new () => Backend
    Event: {
      new (type: string, detail: unknown, options: object): Event
      dispatchEvent(target: unknown, event: Event): void
    }
  }
}
