/** Where your wxlogin service is. Add it to the mini-program's request and upload domains. */
export const BASE_URL = 'https://login.example.com'
