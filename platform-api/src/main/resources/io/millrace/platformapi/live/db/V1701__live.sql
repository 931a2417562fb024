-- What a live entry has beyond its row in entry.
CREATE TABLE live_entry (
    entry_id          VARCHAR(20) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    partner_id        INT         NOT NULL,
    -- 0 off, 1 append, 2 per session
    record_status     TINYINT     NOT NULL,
    dvr_status        TINYINT     NOT NULL,
    dvr_window_min    INT         NULL,
    -- the stream key: 32 hex digits
    stream_token      VARCHAR(64) CHARACTER SET ascii NOT NULL,
    stream_password   VARCHAR(64) NULL,
    stream_name       VARCHAR(128) NULL,
    explicit_live     BOOLEAN     NOT NULL DEFAULT FALSE,
    view_mode         TINYINT     NOT NULL DEFAULT 1,
    offline_message   VARCHAR(1024) NULL,
    recorded_entry_id VARCHAR(20) CHARACTER SET ascii NULL,
    recordings        INT         NOT NULL DEFAULT 0,
    first_broadcast   BIGINT      NULL,
    last_broadcast    BIGINT      NULL,
    last_broadcast_end BIGINT     NULL,
    broadcast_start   BIGINT      NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Which media server has which live entry now. A row past refreshed_at + TTL counts as gone.
CREATE TABLE entry_server_node (
    entry_id     VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    -- 0 primary, 1 backup
    server_index TINYINT      NOT NULL,
    partner_id   INT          NOT NULL,
    host_name    VARCHAR(255) NOT NULL,
    -- where other nodes fetch the stream: http://host:port
    address      VARCHAR(255) NULL,
    application  VARCHAR(128) NULL,
    -- 0 stopped, 1 playable, 2 broadcasting, 3 authenticated
    status       TINYINT      NOT NULL,
    refreshed_at DATETIME(3)  NOT NULL,
    created_at   DATETIME(3)  NOT NULL,
    PRIMARY KEY (entry_id, server_index)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Each recorded file handed over once: its key decides, so that a repeated hand-over changes nothing.
CREATE TABLE live_recording (
    blob_key       VARCHAR(400) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    recording_id   VARCHAR(190) CHARACTER SET ascii NULL,
    live_entry_id  VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    entry_id       VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    asset_id       VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    duration_ms    BIGINT       NOT NULL,
    created_at     BIGINT       NOT NULL,
    KEY live_recording_live (live_entry_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
