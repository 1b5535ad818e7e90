// Settings of sign-in.

import { redirects } from "../redirects.ts";
import { setting } from "../setting.ts";

export const signIn = {
  oauthRedirects: setting(
    redirects,
    "",
    "Where apps may get sign-in codes, such as com.example.app://oauth. Compared whole; a loopback address allows every port.",
  ),
};
