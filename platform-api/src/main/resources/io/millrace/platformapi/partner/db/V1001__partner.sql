-- Publishers. Ids start at 101; the internal partners (-1 batch, -5 media server) have no row: their
-- secret is the cluster's.
CREATE TABLE partner (
    id                            INT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name                          VARCHAR(256) NOT NULL,
    admin_name                    VARCHAR(256) NULL,
    admin_email                   VARCHAR(256) NULL,
    description                   TEXT         NULL,
    -- 0 deleted, 1 active, 2 blocked
    status                        TINYINT      NOT NULL,
    -- AES-GCM under the cluster's key: nonce (12 bytes), cipher text, tag (16 bytes)
    secret                        VARBINARY(128) NOT NULL,
    admin_secret                  VARBINARY(128) NOT NULL,
    default_conversion_profile_id INT          NULL,
    created_at                    BIGINT       NOT NULL,
    updated_at                    BIGINT       NOT NULL
) ENGINE = InnoDB AUTO_INCREMENT = 101 DEFAULT CHARSET = utf8mb4;

-- Sessions that were ended before their time, and how often those were used that may be used only so often; a
-- row may go once it is past expires_at.
CREATE TABLE invalid_session (
    session_key VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    revoked     BOOLEAN     NOT NULL,
    uses        INT         NOT NULL,
    expires_at  BIGINT      NOT NULL,
    KEY invalid_session_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
