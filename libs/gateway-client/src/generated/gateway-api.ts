// Generated from apps/gateway/openapi.json by npm run openapi.

export interface paths {
    "/v1/sales/{saleId}/purchases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your purchases in a sale
         * @description Newest first, refusals included; at most 100.
         */
        get: operations["listPurchases"];
        put?: never;
        /**
         * Buy
         * @description Holds the request until the purchase is decided, or until the wait is over. 201 means that the reservation exists; a 409 is final unless it is not-started; 202 means that the outcome is to be asked for at Location.
         */
        post: operations["buy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sales/{saleId}/purchases/{requestId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One of your purchases
         * @description The query is that of the Location of a 202; without it, only decided requests are known.
         */
        get: operations["readPurchase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sales/{saleId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A sale
         * @description Public. The stock is at most a second old.
         */
        get: operations["readSale"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/sales/{saleId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A sale with its counts
         * @description Requires the scope sales:admin. Counts every outcome.
         */
        get: operations["readBooks"];
        /**
         * Create or change a sale
         * @description Requires the scope sales:admin. Idempotent. closesAt must be after opensAt. Once a sale is open, opensAt is frozen; total and limit may be raised and closesAt moved.
         */
        put: operations["putSale"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/gateways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The gateways
         * @description Requires the scope sales:admin.
         */
        get: operations["listGateways"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every type of problem */
        get: operations["listProblemTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One type of problem */
        get: operations["readProblemType"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Liveness: whether the process responds */
        get: operations["live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Readiness: whether it should receive traffic */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in Prometheus' text format */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A problem (RFC 9457). */
        Problem: {
            /**
             * Format: uri-reference
             * @description GET it to learn what to do.
             */
            type: string;
            title: string;
            status: number;
            /** @description What happened this time, for people. */
            detail: string;
            /**
             * Format: uri-reference
             * @description The purchase.
             */
            instance?: string;
            /** Format: uuid */
            requestId?: string;
            /** @example midnight-sneakers */
            saleId?: string;
            quantity?: number;
            /**
             * Format: date-time
             * @description There when the refusal is stored and final.
             */
            decidedAt?: string;
            /** Format: uuid */
            existingRequestId?: string;
            /** Format: uri-reference */
            existingPurchase?: string;
            /** @description What is wrong with which field, header or parameter. */
            errors?: {
                field: string;
                message: string;
            }[];
        };
        /**
         * @description What a type of problem means.
         * @example {
         *       "status": 409,
         *       "title": "Sold out",
         *       "advice": "Fewer units were left than you asked for. This request is decided; send a new one for fewer units."
         *     }
         */
        ProblemType: {
            status: number;
            title: string;
            advice: string;
        };
        /**
         * @example {
         *       "sold-out": {
         *         "status": 409,
         *         "title": "Sold out",
         *         "advice": "Fewer units were left than you asked for. This request is decided; send a new one for fewer units."
         *       }
         *     }
         */
        ProblemTypes: {
            [key: string]: {
                status: number;
                title: string;
                advice: string;
            };
        };
        /**
         * @description The reservation exists.
         * @example {
         *       "requestId": "dad87d94-2c9d-8fe2-b3c7-3fe177523834",
         *       "saleId": "midnight-sneakers",
         *       "quantity": 1,
         *       "status": "reserved",
         *       "decidedAt": "2026-11-11T00:00:00.250Z"
         *     }
         */
        Reservation: {
            /** Format: uuid */
            requestId: string;
            /** @example midnight-sneakers */
            saleId: string;
            quantity: number;
            /** @enum {string} */
            status: "reserved";
            /**
             * Format: date-time
             * @example 2026-11-11T00:00:00.250Z
             */
            decidedAt: string;
        };
        /**
         * @description Not decided yet. Ask at Location.
         * @example {
         *       "requestId": "dad87d94-2c9d-8fe2-b3c7-3fe177523834",
         *       "saleId": "midnight-sneakers",
         *       "status": "pending"
         *     }
         */
        Pending: {
            /** Format: uuid */
            requestId: string;
            /** @example midnight-sneakers */
            saleId: string;
            /** @enum {string} */
            status: "pending";
        };
        /**
         * @description One request and what became of it.
         * @example {
         *       "requestId": "dad87d94-2c9d-8fe2-b3c7-3fe177523834",
         *       "saleId": "midnight-sneakers",
         *       "quantity": 1,
         *       "status": "reserved",
         *       "decidedAt": "2026-11-11T00:00:00.250Z"
         *     }
         */
        Purchase: {
            /** Format: uuid */
            requestId: string;
            /** @example midnight-sneakers */
            saleId: string;
            quantity: number;
            /** @enum {string} */
            status: "pending" | "reserved" | "sold_out" | "limit_reached" | "not_started" | "ended" | "lapsed";
            /**
             * Format: date-time
             * @example 2026-11-11T00:00:00.250Z
             */
            decidedAt?: string;
            /** Format: uuid */
            existingRequestId?: string;
        };
        /**
         * @example {
         *       "purchases": [
         *         {
         *           "requestId": "dad87d94-2c9d-8fe2-b3c7-3fe177523834",
         *           "saleId": "midnight-sneakers",
         *           "quantity": 1,
         *           "status": "reserved",
         *           "decidedAt": "2026-11-11T00:00:00.250Z"
         *         }
         *       ]
         *     }
         */
        PurchaseList: {
            purchases: {
                /** Format: uuid */
                requestId: string;
                /** @example midnight-sneakers */
                saleId: string;
                quantity: number;
                /** @enum {string} */
                status: "pending" | "reserved" | "sold_out" | "limit_reached" | "not_started" | "ended" | "lapsed";
                /**
                 * Format: date-time
                 * @example 2026-11-11T00:00:00.250Z
                 */
                decidedAt?: string;
                /** Format: uuid */
                existingRequestId?: string;
            }[];
        };
        /**
         * @example {
         *       "saleId": "midnight-sneakers",
         *       "title": "Midnight sneakers",
         *       "total": 1000,
         *       "available": 640,
         *       "perUserLimit": 2,
         *       "opensAt": "2026-11-11T00:00:00.000Z",
         *       "closesAt": "2026-11-11T01:00:00.000Z"
         *     }
         */
        Sale: {
            /** @example midnight-sneakers */
            saleId: string;
            title: string;
            total: number;
            available: number;
            perUserLimit: number;
            /** Format: date-time */
            opensAt: string;
            /** Format: date-time */
            closesAt: string;
        };
        /**
         * @example {
         *       "saleId": "midnight-sneakers",
         *       "title": "Midnight sneakers",
         *       "total": 1000,
         *       "available": 640,
         *       "perUserLimit": 2,
         *       "opensAt": "2026-11-11T00:00:00.000Z",
         *       "closesAt": "2026-11-11T01:00:00.000Z",
         *       "reserved": 360,
         *       "sold": 0,
         *       "version": 3
         *     }
         */
        AdminSale: {
            /** @example midnight-sneakers */
            saleId: string;
            title: string;
            total: number;
            available: number;
            perUserLimit: number;
            /** Format: date-time */
            opensAt: string;
            /** Format: date-time */
            closesAt: string;
            reserved: number;
            sold: number;
            version: number;
        };
        /**
         * @example {
         *       "saleId": "midnight-sneakers",
         *       "title": "Midnight sneakers",
         *       "total": 1000,
         *       "available": 640,
         *       "perUserLimit": 2,
         *       "opensAt": "2026-11-11T00:00:00.000Z",
         *       "closesAt": "2026-11-11T01:00:00.000Z",
         *       "reserved": 360,
         *       "sold": 0,
         *       "version": 3,
         *       "requests": {
         *         "reserved": 311,
         *         "sold_out": 0,
         *         "limit_reached": 12,
         *         "not_started": 0,
         *         "ended": 0,
         *         "lapsed": 1
         *       }
         *     }
         */
        Books: {
            /** @example midnight-sneakers */
            saleId: string;
            title: string;
            total: number;
            available: number;
            perUserLimit: number;
            /** Format: date-time */
            opensAt: string;
            /** Format: date-time */
            closesAt: string;
            reserved: number;
            sold: number;
            version: number;
            requests: {
                reserved: number;
                sold_out: number;
                limit_reached: number;
                not_started: number;
                ended: number;
                lapsed: number;
            };
        };
        /**
         * @example {
         *       "gateways": [
         *         {
         *           "id": "gateway-01919f3c-7b1e-7c51-8a53-3f0c5d2e9b41",
         *           "address": "10.0.0.7:4000",
         *           "state": "ready",
         *           "startedAt": "2026-11-10T22:15:00.000Z"
         *         }
         *       ]
         *     }
         */
        Gateways: {
            gateways: {
                id: string;
                /** @description host:port where it receives results. */
                address: string;
                /** @enum {string} */
                state: "ready" | "draining";
                /** Format: date-time */
                startedAt: string;
            }[];
        };
        /**
         * @example {
         *       "status": "live"
         *     }
         */
        Live: {
            /** @enum {string} */
            status: "live";
        };
        /**
         * @example {
         *       "status": "ready",
         *       "dependencies": {
         *         "registry": "there",
         *         "rocketmq": "there",
         *         "inventory": "there"
         *       }
         *     }
         */
        Ready: {
            /** @enum {string} */
            status: "ready";
            /** @description Each dependency: `there`, or its fault. */
            dependencies: {
                [key: string]: string;
            };
        };
        /**
         * @example {
         *       "status": "not ready",
         *       "dependencies": {
         *         "registry": "there",
         *         "rocketmq": "connecting",
         *         "inventory": "there"
         *       },
         *       "missing": {
         *         "rocketmq": "connecting"
         *       }
         *     }
         */
        NotReady: {
            /** @enum {string} */
            status: "not ready" | "stopping";
            /** @description Each dependency: `there`, or its fault. */
            dependencies: {
                [key: string]: string;
            };
            /** @description The dependencies that keep it from being ready. Absent while it stops. */
            missing?: {
                [key: string]: string;
            };
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listPurchases: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                saleId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Your purchases. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PurchaseList"];
                };
            };
            /** @description Invalid request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/invalid-request";
                        /** @enum {integer} */
                        status: 400;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description What is wrong with the token (RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unauthorized";
                        /** @enum {integer} */
                        status: 401;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/not-found";
                        /** @enum {integer} */
                        status: 404;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description URI too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/uri-too-long";
                        /** @enum {integer} */
                        status: 414;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/internal";
                        /** @enum {integer} */
                        status: 500;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    buy: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1-128 visible ASCII characters, bare or "quoted". The same key always gives the same outcome. */
                "Idempotency-Key"?: string;
                /** @description wait=<seconds> (capped) or respond-async (RFC 7240). */
                Prefer?: string;
            };
            path: {
                saleId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    quantity: number;
                };
            };
        };
        responses: {
            /** @description Reserved. */
            201: {
                headers: {
                    /** @description The reservation. */
                    Location: string;
                    /** @description What was done about Prefer. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            /** @description Pending: sent, but not decided within the wait. */
            202: {
                headers: {
                    /** @description Where to ask, signed for its owner. */
                    Location: string;
                    /** @description Seconds to wait before asking. */
                    "Retry-After": number;
                    /** @description What was done about Prefer. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pending"];
                };
            };
            /** @description Invalid request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/invalid-request";
                        /** @enum {integer} */
                        status: 400;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description What is wrong with the token (RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unauthorized";
                        /** @enum {integer} */
                        status: 401;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/not-found";
                        /** @enum {integer} */
                        status: 404;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Sold out · Limit reached · Not started · Ended · Lapsed */
            409: {
                headers: {
                    /** @description What was done about Prefer. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/sold-out" | "/problems/limit-reached" | "/problems/not-started" | "/problems/ended" | "/problems/lapsed";
                        /** @enum {integer} */
                        status: 409;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Payload too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/payload-too-large";
                        /** @enum {integer} */
                        status: 413;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description URI too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/uri-too-long";
                        /** @enum {integer} */
                        status: 414;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unsupported-media-type";
                        /** @enum {integer} */
                        status: 415;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Idempotency key reused */
            422: {
                headers: {
                    /** @description What was done about Prefer. */
                    "Preference-Applied"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/idempotency-key-reused";
                        /** @enum {integer} */
                        status: 422;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/internal";
                        /** @enum {integer} */
                        status: 500;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    readPurchase: {
        parameters: {
            query?: {
                /** @description As Location has it. */
                until?: string;
                /** @description As Location has it. */
                quantity?: string;
                /** @description As Location has it. */
                signature?: string;
            };
            header?: never;
            path: {
                saleId: string;
                requestId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The request. While it is pending, Retry-After says when to ask again. */
            200: {
                headers: {
                    /** @description Seconds to wait before asking. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Purchase"];
                };
            };
            /** @description Invalid request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/invalid-request";
                        /** @enum {integer} */
                        status: 400;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description What is wrong with the token (RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unauthorized";
                        /** @enum {integer} */
                        status: 401;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/not-found";
                        /** @enum {integer} */
                        status: 404;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description URI too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/uri-too-long";
                        /** @enum {integer} */
                        status: 414;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/internal";
                        /** @enum {integer} */
                        status: 500;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    readSale: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                saleId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The sale. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sale"];
                };
            };
            /** @description Invalid request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/invalid-request";
                        /** @enum {integer} */
                        status: 400;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/not-found";
                        /** @enum {integer} */
                        status: 404;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description URI too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/uri-too-long";
                        /** @enum {integer} */
                        status: 414;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/internal";
                        /** @enum {integer} */
                        status: 500;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    readBooks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                saleId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The books. */
            200: {
                headers: {
                    /** @description The version of the terms. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Books"];
                };
            };
            /** @description Invalid request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/invalid-request";
                        /** @enum {integer} */
                        status: 400;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description What is wrong with the token (RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unauthorized";
                        /** @enum {integer} */
                        status: 401;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Insufficient scope */
            403: {
                headers: {
                    /** @description Names the missing scope. */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/insufficient-scope";
                        /** @enum {integer} */
                        status: 403;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/not-found";
                        /** @enum {integer} */
                        status: 404;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description URI too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/uri-too-long";
                        /** @enum {integer} */
                        status: 414;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/internal";
                        /** @enum {integer} */
                        status: 500;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    putSale: {
        parameters: {
            query?: never;
            header?: {
                /** @description Entity tags, or *. */
                "If-Match"?: string;
                /** @description * to create only. */
                "If-None-Match"?: "*";
            };
            path: {
                saleId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    title: string;
                    total: number;
                    perUserLimit: number;
                    /** Format: date-time */
                    opensAt: string;
                    /** Format: date-time */
                    closesAt: string;
                };
            };
        };
        responses: {
            /** @description Changed, or unchanged. */
            200: {
                headers: {
                    /** @description The version of the terms. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminSale"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    /** @description The version of the terms. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminSale"];
                };
            };
            /** @description Invalid request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/invalid-request";
                        /** @enum {integer} */
                        status: 400;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description What is wrong with the token (RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unauthorized";
                        /** @enum {integer} */
                        status: 401;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Insufficient scope */
            403: {
                headers: {
                    /** @description Names the missing scope. */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/insufficient-scope";
                        /** @enum {integer} */
                        status: 403;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Total too low · Opening is frozen · Limit lowered · Being purged */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/total-too-low" | "/problems/opens-at-frozen" | "/problems/limit-lowered" | "/problems/being-purged";
                        /** @enum {integer} */
                        status: 409;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Precondition failed */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/precondition-failed";
                        /** @enum {integer} */
                        status: 412;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Payload too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/payload-too-large";
                        /** @enum {integer} */
                        status: 413;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description URI too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/uri-too-long";
                        /** @enum {integer} */
                        status: 414;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unsupported media type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unsupported-media-type";
                        /** @enum {integer} */
                        status: 415;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/internal";
                        /** @enum {integer} */
                        status: 500;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    listGateways: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The gateways. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Gateways"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description What is wrong with the token (RFC 6750). */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unauthorized";
                        /** @enum {integer} */
                        status: 401;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Insufficient scope */
            403: {
                headers: {
                    /** @description Names the missing scope. */
                    "WWW-Authenticate": string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/insufficient-scope";
                        /** @enum {integer} */
                        status: 403;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Internal error */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/internal";
                        /** @enum {integer} */
                        status: 500;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    listProblemTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Types by the last segment of their address. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemTypes"];
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    readProblemType: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its meaning, and what to do. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemType"];
                };
            };
            /** @description Invalid request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/invalid-request";
                        /** @enum {integer} */
                        status: 400;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/not-found";
                        /** @enum {integer} */
                        status: 404;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description URI too long */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/uri-too-long";
                        /** @enum {integer} */
                        status: 414;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
            /** @description Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait before you retry. */
                    "Retry-After": number;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        /** @enum {string} */
                        type: "/problems/unavailable";
                        /** @enum {integer} */
                        status: 503;
                    } & WithRequired<components["schemas"]["Problem"], "type" | "status">;
                };
            };
        };
    };
    live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Live"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It should. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description Not now. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotReady"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All metrics. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example process_open_fds 42 */
                    "text/plain": string;
                };
            };
        };
    };
}
type WithRequired<T, K extends keyof T> = T & {
    [P in K]-?: T[P];
};
