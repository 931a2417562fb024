-- Until when (database time) what is recorded belongs to the entry of the running broadcast, and how recording goes.
ALTER TABLE live_entry
    ADD COLUMN session_until    DATETIME(3)   NULL,
    -- 0 stopped, 1 paused, 2 active
    ADD COLUMN recording_status TINYINT       NOT NULL DEFAULT 0,
    ADD COLUMN recording_problem VARCHAR(1000) NULL;

-- Which entry a recording goes into: decided when it starts, or at the latest when it is handed over.
CREATE TABLE live_recording_entry (
    recording_id  VARCHAR(190) CHARACTER SET ascii NOT NULL,
    live_entry_id VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    entry_id      VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    created_at    DATETIME(3)  NOT NULL,
    PRIMARY KEY (live_entry_id, recording_id),
    KEY live_recording_entry_entry (entry_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
