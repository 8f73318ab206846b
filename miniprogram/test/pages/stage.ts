import { afterEach, beforeEach, describe, expect, vi } from 'vitest'
import { FakePhone } from '../fake-wx'
import { Screen } from './screen'

const HAN = /\p{Script=Han}/u

export interface Stage {
  phone: FakePhone
  screen: Screen
}

/**
 * Runs tests of one page in Chinese and in English. Nothing they do may write to the console, and
 * what the page said must have been said in the phone's language: test data are in Latin letters.
 */
export function stage(path: string, tests: (stage: Stage) => void): void {
  describe.each(['zh_CN', 'en'])('in %s', (language) => {
    const stage = {} as Stage
    const loud: unknown[] = []

    beforeEach(() => {
      vi.useFakeTimers()
      stage.phone = new FakePhone()
      stage.phone.language = language
      stage.phone.service.nickname = 'Ming'
      stage.screen = new Screen(stage.phone, path)
      loud.length = 0
      for (const name of ['warn', 'error'] as const) {
        vi.spyOn(console, name).mockImplementation((...said) => void loud.push(said))
      }
    })
    afterEach(() => {
      const { text, title, toasts, modals } = stage.screen
      const said = [text, title, ...[...toasts, ...modals].map((one) => Object.values(one).join())]
      for (const words of said) expect(HAN.test(words), words).toBe(language === 'zh_CN' && words !== '')
      expect(loud).toEqual([])
      vi.restoreAllMocks()
      vi.useRealTimers()
    })
    tests(stage)
  })
}
