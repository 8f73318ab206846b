"""The Django door, an optional extra: `pip install 'wxlogin[django]'`.

In `urls.py`: `path("", include("wxlogin.entrypoints.django.urls"))`. In `MIDDLEWARE`:
`"wxlogin.entrypoints.django.middleware.WxloginUser"`; then `request.wxlogin_user` is the person
behind the access token, or something false. Settings come from where `wxlogin serve` takes them.
"""
