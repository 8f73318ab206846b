import type { ComponentSpace } from 'glass-easel-miniprogram-adapter'
import { chosenAvatar, phoneAnswer } from '../wx/person'
import { agreed } from '../wx/privacy'
import { attribute, define, FLAG, TEXT, type Built } from './define'
import { formAround } from './form'

const OPEN: Record<string, (self: Built) => Promise<void>> = {
  async chooseAvatar(self) {
    const avatarUrl = await chosenAvatar()
    // A picture that is refused, or none, raises no event.
    if (avatarUrl) self.triggerEvent('chooseavatar', { avatarUrl })
  },
  async getPhoneNumber(self) {
    self.triggerEvent('getphonenumber', await phoneAnswer())
  },
  async agreePrivacyAuthorization(self) {
    agreed()
    self.triggerEvent('agreeprivacyauthorization', {})
  },
}

/** button, with the open-types that a login needs. */
export function buttons(space: ComponentSpace): void {
  define(space, 'button', {
    properties: { disabled: FLAG, loading: FLAG, formType: TEXT, openType: TEXT },
    draw({ $$, data }) {
      attribute($$, 'disabled', data.disabled)
      attribute($$, 'loading', data.loading)
      $$.setAttribute('aria-disabled', String(data.disabled))
      $$.tabIndex = data.disabled ? -1 : 0
    },
    attached(self) {
      const element = self.$$
      element.setAttribute('role', 'button')
      element.addEventListener('keydown', ({ key, target }) => {
        if (key === 'Enter' && target === element) element.click()
      })
      element.addEventListener('click', () => {
        const { disabled, formType, openType } = self.data
        if (disabled) return
        void OPEN[openType]?.(self)
        if (formType === 'submit') formAround(element)?.submit()
      })
    },
  })
}
