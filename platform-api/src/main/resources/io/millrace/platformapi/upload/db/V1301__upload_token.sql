CREATE TABLE upload_token (
    id                VARCHAR(40)  CHARACTER SET ascii NOT NULL PRIMARY KEY,
    partner_id        INT          NOT NULL,
    user_id           VARCHAR(100) NULL,
    -- 0 pending, 1 partial, 2 full, 3 closed, 4 timed out, 5 deleted
    status            TINYINT      NOT NULL,
    file_name         VARCHAR(256) NULL,
    -- what the client announced, in bytes
    file_size         BIGINT       NULL,
    -- bytes from offset 0 without a gap
    uploaded_bytes    BIGINT       NOT NULL DEFAULT 0,
    -- end of the final chunk, once that one has come
    final_bytes       BIGINT       NULL,
    auto_finalize     BOOLEAN      NOT NULL DEFAULT FALSE,
    attached_entry_id VARCHAR(20)  CHARACTER SET ascii NULL,
    -- the source flavor that the bytes will become, so that a repeated hand-over lands on the same object
    attached_asset_id VARCHAR(20)  CHARACTER SET ascii NULL,
    -- who hands a full token over does so alone until then (Unix milliseconds)
    ingest_until      BIGINT       NOT NULL DEFAULT 0,
    created_at        BIGINT       NOT NULL,
    updated_at        BIGINT       NOT NULL,
    KEY upload_token_partner (partner_id, created_at),
    KEY upload_token_status (status, updated_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- The pieces of a token that is not closed yet, each one stored object.
CREATE TABLE upload_chunk (
    token_id     VARCHAR(40)  CHARACTER SET ascii NOT NULL,
    offset_bytes BIGINT       NOT NULL,
    size_bytes   BIGINT       NOT NULL,
    blob_key     VARCHAR(200) CHARACTER SET ascii NOT NULL,
    PRIMARY KEY (token_id, offset_bytes)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
