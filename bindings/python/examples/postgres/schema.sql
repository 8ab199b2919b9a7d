-- What arrived. Receivers insert, workers set done_at or due_at.
CREATE TABLE deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL when a duplicate can no longer arrive; see receiver.py.
    dedupe_key text UNIQUE,
    -- For Event.parse. Not text or jsonb, which cannot store every event (\u0000).
    body bytea NOT NULL,
    -- Why the body is not an event; NULL for an event.
    problem text,
    received_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz
);

-- What is left to do, and in which order.
CREATE INDEX deliveries_left ON deliveries (due_at, id) WHERE done_at IS NULL AND problem IS NULL;

-- The work of this example: what happened to each order.
CREATE TABLE order_log (
    delivery_id bigint NOT NULL REFERENCES deliveries,
    order_no text,
    kind text NOT NULL
);
