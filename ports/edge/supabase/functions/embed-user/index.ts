// SPDX-License-Identifier: MIT
import { warmUp } from "../_shared/user_embedding.ts";
import { embedUserRequest } from "./handler.ts";

warmUp();
Deno.serve(embedUserRequest);
