-- Users who can log in. What a publisher's own user ids mean is the publisher's business: an entry's
-- user id needs no row here.
CREATE TABLE user_login (
    id              INT          NOT NULL AUTO_INCREMENT PRIMARY KEY,
    partner_id      INT          NOT NULL,
    user_id         VARCHAR(100) NOT NULL,
    login_id        VARCHAR(190) NOT NULL,
    full_name       VARCHAR(256) NULL,
    -- PBKDF2-HMAC-SHA-256, self-describing: pbkdf2-sha256$iterations$salt$hash, both base64
    password_hash   VARCHAR(255) NOT NULL,
    is_admin        BOOLEAN      NOT NULL,
    status          TINYINT      NOT NULL,
    failed_logins   INT          NOT NULL DEFAULT 0,
    -- no attempt is looked at before this time (Unix milliseconds)
    blocked_until   BIGINT       NOT NULL DEFAULT 0,
    last_login_at   BIGINT       NULL,
    created_at      BIGINT       NOT NULL,
    updated_at      BIGINT       NOT NULL,
    UNIQUE KEY user_login_login_id (login_id),
    UNIQUE KEY user_login_user (partner_id, user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
