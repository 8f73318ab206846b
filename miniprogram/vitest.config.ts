import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    testTimeout: 30_000,
    env: { WXLOGIN_BAD_DAY: process.env.WXLOGIN_BAD_DAY ?? '' },
    projects: [
      { extends: true, test: { name: 'library', include: ['test/library/*.test.ts'], setupFiles: ['test/no-clamp.ts'] } },
      { extends: true, test: { name: 'preview', include: ['test/preview/*.test.mjs'] } },
      {
        extends: true,
        // Each test starts the mini-program anew by itself, so files may share what costs seconds.
        test: { name: 'pages', include: ['test/pages/*.test.ts'], environment: 'jsdom', isolate: false },
      },
    ],
  },
})
