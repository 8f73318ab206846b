import { expect, it } from 'vitest'
import { decoded, ends, masked } from '../../preview/runtime/desk/mask'

const SECRET = 'abcdefghijklmnopqrstuvwxyz0123456789'
const part = (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url')

it.each(['access_token', 'refresh_token', 'code', 'js_code', 'login_ticket', 'phone_code', 'Authorization', 'Idempotency-Key'])(
  'never shows a whole %s, however deep it lies',
  (name) => {
    const shown = JSON.stringify(masked({ list: [{ deep: { [name]: SECRET } }], [name]: `Bearer ${SECRET}` }))
    expect(shown).not.toContain(SECRET.slice(0, 12))
    expect(shown).toContain('abcdefghij…')
  },
)

it('leaves alone what is no secret, and the name of a refusal', () => {
  const refusal = { title: 'Code used', status: 401, code: 'code_used', detail: 'again' }
  expect(masked(refusal)).toEqual(refusal)
  expect(masked({ nickname: '小明', gender: 1, phone: null })).toEqual({ nickname: '小明', gender: 1, phone: null })
})

it('shows both ends of a token only', () => {
  expect(ends(SECRET)).toBe('abcdefghij…456789')
})

it('decodes what an access token says and leaves its signature out', () => {
  const token = [part({ alg: 'EdDSA' }), part({ sub: '小明', exp: 1_800_000_000 }), SECRET].join('.')
  const claims = decoded(token)
  expect(claims).toMatchObject({ alg: 'EdDSA', sub: '小明' })
  expect(claims.exp).toMatch(/2027/)
  expect(JSON.stringify(claims)).not.toContain(SECRET)
  expect(decoded(SECRET)).toBeUndefined()
})
