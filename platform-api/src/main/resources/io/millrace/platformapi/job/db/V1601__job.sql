-- Work for the batch role. PENDING -> RUNNING -> FINISHED | FAILED | ABORTED, and RUNNING -> PENDING when an
-- attempt failed and another is due. All times are the database's own, so that nodes need not agree on the clock.
CREATE TABLE job (
    id            BIGINT       NOT NULL AUTO_INCREMENT PRIMARY KEY,
    partner_id    INT          NOT NULL,
    kind          VARCHAR(32)  CHARACTER SET ascii NOT NULL,
    entry_id      VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    asset_id      VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    source_key    VARCHAR(400) CHARACTER SET ascii NOT NULL,
    -- the output's key is {target_prefix}_{base_version + fence}{target_suffix}: each attempt writes its own
    target_prefix VARCHAR(400) CHARACTER SET ascii NULL,
    target_suffix VARCHAR(16)  CHARACTER SET ascii NULL,
    base_version  INT          NOT NULL DEFAULT 0,
    parameters    TEXT         NOT NULL,
    state         VARCHAR(16)  CHARACTER SET ascii NOT NULL,
    -- 1 first, 5 last
    priority      TINYINT      NOT NULL DEFAULT 3,
    attempts      INT          NOT NULL DEFAULT 0,
    -- grows by one with each lease; who holds an older one holds nothing
    fence         BIGINT       NOT NULL DEFAULT 0,
    worker        VARCHAR(128) NULL,
    lease_until   DATETIME(3)  NULL,
    not_before    DATETIME(3)  NOT NULL,
    progress      TINYINT UNSIGNED NOT NULL DEFAULT 0,
    message       VARCHAR(1024) NULL,
    error_code    VARCHAR(64)  NULL,
    error_message TEXT         NULL,
    result        TEXT         NULL,
    created_at    DATETIME(3)  NOT NULL,
    started_at    DATETIME(3)  NULL,
    finished_at   DATETIME(3)  NULL,
    KEY job_queue (state, not_before, priority, id),
    KEY job_lease (state, lease_until),
    KEY job_entry (entry_id),
    KEY job_partner (partner_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
