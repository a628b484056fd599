/* SPDX-License-Identifier: MIT */
/* What every call to Clerk's Backend API brings along. */
#ifndef AUTH_CLERK_API_H
#define AUTH_CLERK_API_H

#define CLERK_API_VERSION "Clerk-API-Version: 2026-05-12"

#endif
