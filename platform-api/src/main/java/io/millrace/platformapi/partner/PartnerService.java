package io.millrace.platformapi.partner;

import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.model.Partner;

import org.jspecify.annotations.Nullable;

/// A publisher's view of itself. Secrets go to its own admin sessions only.
@ApiService("partner")
public final class PartnerService {
    private final PartnerStore partners;

    public PartnerService(PartnerStore partners) {
        this.partners = partners;
    }

    @ApiAction(access = Access.ADMIN)
    public Partner get(ApiCall call, @Nullable Integer id) {
        if (id != null && id != call.partnerId() && !call.isInternal()) {
            throw ApiException.invalidPartnerId(Integer.toString(id));
        }
        return view(id == null ? call.partnerId() : id);
    }

    @ApiAction(access = Access.ADMIN)
    public Partner getInfo(ApiCall call) {
        return view(call.partnerId());
    }

    private Partner view(int id) {
        PartnerRow row =
                partners.row(id)
                        .orElseThrow(() -> ApiException.invalidPartnerId(Integer.toString(id)));
        var view = new Partner();
        view.id = row.id();
        view.name = row.name();
        view.adminName = row.adminName();
        view.adminEmail = row.adminEmail();
        view.description = row.description();
        view.status = row.status();
        view.createdAt = row.createdAt();
        view.secret = row.secret();
        view.adminSecret = row.adminSecret();
        return view;
    }
}
