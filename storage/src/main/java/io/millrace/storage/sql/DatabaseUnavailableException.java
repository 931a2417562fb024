package io.millrace.storage.sql;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;

/// The database cannot be reached now; the caller answers 503 and a later try may succeed.
public final class DatabaseUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DatabaseUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /// Whether a failure means that the server or the way to it is gone, wherever in the chain of
    /// causes it says so; for who catches what {@link Database#jdbi()} throws.
    public static boolean isCauseOf(Throwable failure) {
        int depth = 0;
        for (Throwable t = failure; t != null && depth < 20; t = t.getCause(), depth++) {
            if (t instanceof DatabaseUnavailableException
                    || t instanceof SQLTransientConnectionException
                    || t instanceof SQLNonTransientConnectionException
                    || t instanceof SQLRecoverableException) {
                return true;
            }
            // 08: connection exceptions; 1053 and 1290: server is stopping, or read-only.
            if (t instanceof SQLException sql
                    && ((sql.getSQLState() != null && sql.getSQLState().startsWith("08"))
                            || sql.getErrorCode() == 1053
                            || sql.getErrorCode() == 1290)) {
                return true;
            }
        }
        return false;
    }
}
