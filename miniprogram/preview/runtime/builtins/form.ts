import type { ComponentSpace } from 'glass-easel-miniprogram-adapter'
import { WeChatRefusal } from '../wx/calls'
import { actionSheet } from '../wx/dialogs'
import { nicknameBar } from '../wx/person'
import { ANY, attribute, define, FLAG, NUMBER, TEXT, type Built } from './define'

interface Form {
  submit(): void
}

const forms = new WeakMap<Element, Form>()
const fields = new WeakMap<Element, { name(): string; value(): unknown }>()

export const formAround = (element: Element): Form | undefined => {
  const around = element.closest('wx-form')
  return around ? forms.get(around) : undefined
}

/** form, label, input, picker. */
export function formParts(space: ComponentSpace): void {
  define(space, 'form', { attached: attachForm })
  define(space, 'label', { properties: { for: TEXT }, attached: attachLabel })
  define(space, 'input', {
    properties: {
      value: TEXT,
      type: { type: String, value: 'text' },
      placeholder: TEXT,
      placeholderClass: TEXT,
      maxlength: { type: Number, value: 140 },
      disabled: FLAG,
    },
    draw: drawInput,
    attached: attachInput,
  })
  define(space, 'picker', {
    properties: { mode: TEXT, range: ANY, value: NUMBER, disabled: FLAG },
    attached: attachPicker,
  })
}

function attachForm(self: Built): void {
  const submit = () => {
    const found = [...self.$$.querySelectorAll('*')].flatMap((one) => fields.get(one) ?? [])
    const named = found.filter((field) => field.name())
    self.triggerEvent('submit', {
      value: Object.fromEntries(named.map((field) => [field.name(), field.value()])),
    })
  }
  forms.set(self.$$, { submit })
}

function attachLabel(self: Built): void {
  self.$$.addEventListener('click', () => {
    const target = self.ownerShadowRoot?.querySelector(`#${self.data.for}`)
    target?.$$.querySelector('input')?.focus()
  })
}

function drawInput({ $$, data }: Built): void {
  const input = $$.querySelector('input')
  if (!input) return
  if (input.value !== data.value) input.value = data.value
  input.placeholder = data.placeholder
  input.disabled = data.disabled
  input.maxLength = data.maxlength
  attribute($$, 'type', data.type)
}

function attachInput(self: Built): void {
  const input = document.createElement('input')
  input.className = 'wx-native'
  input.autocomplete = 'off'
  self.$$.appendChild(input)
  fields.set(self.$$, { name: () => self.data.name, value: () => input.value })
  const typed = () => {
    self.setData({ value: input.value })
    self.triggerEvent('input', { value: input.value, cursor: input.selectionStart })
  }
  input.addEventListener('input', typed)
  input.addEventListener('focus', () => {
    if ((self.data.type as string) !== 'nickname') return
    void nicknameBar(input, (nickname) => {
      input.value = nickname
      typed()
    })
  })
  input.addEventListener('blur', () => self.triggerEvent('blur', { value: input.value }))
}

function attachPicker(self: Built): void {
  self.$$.addEventListener('click', async () => {
    if (self.data.disabled) return
    const range = (self.data.range ?? []) as string[]
    try {
      const { tapIndex } = await actionSheet(range)
      self.triggerEvent('change', { value: tapIndex })
    } catch (refusal) {
      if (!(refusal instanceof WeChatRefusal)) throw refusal
    }
  })
}
