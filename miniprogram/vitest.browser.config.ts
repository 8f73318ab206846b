import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** The library's tests once more, in the JavaScript of a browser. CHROMIUM names another program. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    env: { WXLOGIN_BAD_DAY: process.env.WXLOGIN_BAD_DAY ?? '', WXLOGIN_BAD_DAYS: '100' },
    setupFiles: ['test/no-clamp.ts'],
    include: ['test/library/*.test.ts'],
    // What is built is looked at with Node's own means.
    exclude: ['test/library/built.test.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: ['--no-sandbox', '--disable-gpu'] } }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
