-- What a node said last of a stream: JSON. Said every 10 s; a row past reported_at + TTL says nothing any more.
CREATE TABLE live_report (
    entry_id    VARCHAR(20)  CHARACTER SET ascii NOT NULL,
    host_name   VARCHAR(255) NOT NULL,
    partner_id  INT          NOT NULL,
    report      MEDIUMTEXT   NOT NULL,
    reported_at DATETIME(3)  NOT NULL,
    PRIMARY KEY (entry_id, host_name),
    KEY live_report_partner (partner_id, reported_at),
    KEY live_report_age (reported_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
