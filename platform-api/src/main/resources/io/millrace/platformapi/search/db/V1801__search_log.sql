-- One row per save of an entry, written in the save's transaction; each search node applies them in order.
CREATE TABLE search_log (
    id         BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    entry_id   VARCHAR(20) CHARACTER SET ascii NOT NULL,
    created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    KEY search_log_created (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
