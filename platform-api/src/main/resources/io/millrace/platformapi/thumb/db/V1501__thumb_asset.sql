CREATE TABLE thumb_asset (
    id         VARCHAR(20)  CHARACTER SET ascii NOT NULL PRIMARY KEY,
    entry_id   VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    partner_id INT          NOT NULL,
    -- -1 error, 0 queued, 1 capturing, 2 ready, 3 deleted
    status     SMALLINT     NOT NULL,
    version    INT          NOT NULL DEFAULT 0,
    is_default BOOLEAN      NOT NULL,
    blob_key   VARCHAR(400) CHARACTER SET ascii NULL,
    size_bytes BIGINT       NOT NULL DEFAULT 0,
    width      INT          NOT NULL DEFAULT 0,
    height     INT          NOT NULL DEFAULT 0,
    file_ext   VARCHAR(8)   NOT NULL,
    description TEXT        NULL,
    created_at BIGINT       NOT NULL,
    updated_at BIGINT       NOT NULL,
    KEY thumb_asset_entry (entry_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
