# SPDX-License-Identifier: Apache-2.0
# The checks that each provider passes in a live test: the flow from registration to login, the
# result of each fault, and no secret in the log.
package ProviderChecks;
use strict;
use warnings;
use Site;
use Test::More;

# provider => a Provider; line => its directives; the rest is for Site.
sub new {
    my ($class, %o) = @_;
    my ($provider, $line) = delete @o{qw(provider line)};
    my $site = Site->new(
        sender => $line, server => "AuthSMSLimit * off\nAuthSMSTimeout 1s 2s parallel=8",
        children => 1,
        log_level => 'warn authsms:trace8', %o
    )->start;
    return bless { site => $site, provider => $provider, seen => [] }, $class;
}

# The site.
sub site { $_[0]{site} }

# Register, send a wrong code, the right one, the same again, log in. Returns the person and the
# code.
sub check_flow {
    my ($self) = @_;
    my ($site, $provider) = @$self{qw(site provider)};
    my $person = Site::person();
    my $r = $site->register($person);
    is $r->{status}, 201, 'registration: 201' or diag $r->{raw};
    my $id = $r->{json}{id};
    my $code = $provider->code_for(Site::e164($person)) // '';
    like $code, qr/^\d{6,10}$/, 'a code is sent';
    my $wrong = sprintf '%0*d', length $code, ($code + 1) % 10**length $code;
    is $site->api("/user/$id/verify", { code => $wrong })->{json}{code}, 'invalid_code',
        'wrong code: invalid_code';
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'right code: 200';
    is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'already_verified',
        'the same code again: already_verified';
    is $site->login($person)->{status}, 200, 'login: 200';
    $self->add_secret($person, $code);
    return ($person, $code);
}

# Remember a number and a code that must not be logged.
sub add_secret {
    my ($self, $person, $code) = @_;
    push @{ $self->{seen} }, $code, Site::e164($person) =~ /(\d+)/;
    return;
}

# In this mode registration fails and $words is logged. /resend works at once after it, which keeps
# the circuit breaker closed.
sub check_fault {
    my ($self, $words, $mode, @more) = @_;
    my ($site, $provider) = @$self{qw(site provider)};
    my $name = join ' ', $mode, grep { !/^path$/ } @more;
    my $person = Site::person();
    my $before = length $site->httpd->error_log;
    $provider->set_mode($mode, @more);
    my $r = $site->register($person);
    is_send_failure($r, $words, $name);
    like substr($site->httpd->error_log, $before), $words, 'the fault is logged';
    $provider->set_mode('ok');
    $self->check_recovery($person, $r->{json}{id});
    return;
}

# Registration failed with 502, or with 429 where $words says "rate limited".
sub is_send_failure {
    my ($r, $words, $name) = @_;
    my ($status, $code) = $words =~ /rate limited/ ? (429, 'rate_limited') : (502, 'sms_failed');
    is $r->{status}, $status, "$name: $status" or diag $r->{raw};
    is $r->{json}{code}, $code, 'the error code';
    like $r->{headers}{'retry-after'}[0] // 'none', $status == 429 ? qr/^[1-9]\d*$/ : qr/^none$/,
        'Retry-After only for rate_limited';
    return;
}

# /resend works at once, and its code is accepted.
sub check_recovery {
    my ($self, $person, $id) = @_;
    my $site = $self->{site};
    is $site->api("/user/$id/resend", {})->{status}, 202, '/resend: 202 at once';
    my $code = $self->{provider}->code_for(Site::e164($person));
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'its code is accepted';
    $self->add_secret($person, $code);
    return;
}

# Check that the log has no secret of the test and none of %never, then stop.
sub stop {
    my ($self, %never) = @_;
    my $site = $self->{site};
    my $log = $site->httpd->error_log;
    my %seen = map { $_ => 1 } @{ $self->{seen} };
    like $log, qr/(?:sender 1|verifier) \(/, "the provider is logged";
    is_deeply [grep { $log =~ /(?<!\d)\Q$_\E(?!\d)/ } sort keys %seen], [],
        'no code or number is logged';
    ok index($log, $never{$_}) < 0, "nor the $_" for sort keys %never;
    $site->httpd->expect_log(qr/(?:sender 1|verifier) \(/);
    $site->stop;
    return;
}

1;
