/** Where your wxlogin service is. Add it to the mini-program's request and upload domains. */
export const BASE_URL = 'https://login.example.com'

/** The version of your agreement: WXLOGIN_CONSENT_VERSION of the service. */
export const AGREEMENT = '2026-11'

/** For how many days a deleted account can come back: WXLOGIN_ERASURE_GRACE_DAYS of the service. */
export const GRACE_DAYS = 0
