// A server may answer other values here: {apiBase, simulatorBase, appid}. See preview/README.md.
globalThis.WXLOGIN_PREVIEW = {}
