// SPDX-License-Identifier: MIT
import { warmUp } from "../_shared/user_embedding.ts";
import { recommendRequest } from "./handler.ts";

warmUp();
Deno.serve(recommendRequest);
