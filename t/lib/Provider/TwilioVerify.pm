# SPDX-License-Identifier: Apache-2.0
# Twilio Verify v2: one open verification per number; its code is sent again and again. After five
# sends or five checks it is exhausted; an ended verification is not found. Numbers that trigger an
# answer: +1 500 555 000N, see %magic.
package Provider::TwilioVerify;
use strict;
use warnings;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Provider::Twilio ();

my $json = JSON::PP->new->utf8->canonical;
my ($true, $false) = (JSON::PP::true, JSON::PP::false);
my $time = '2026-11-23T09:11:00Z';

my %magic = (
    '+15005550001' => [400, 60200], '+15005550002' => [400, 60205], '+15005550003' => [403, 60410],
    '+15005550004' => [403, 60605],
    '+15005550005' => [429, 60203],
);

# An error with this code.
sub error {
    my ($status, $code) = @_;
    return Provider::Twilio::error($status, $code, 'as documented');
}

# 404.
sub not_found { return error(404, 20404) }

my $channels = qr/^(?:sms|call|whatsapp|auto)\z/;

# Route a request.
sub answer {
    my ($server, $r) = @_;
    my ($service, $what, $sid) =
        $r->{path} =~ m{^/v2/Services/([^/]+)(?:/(Verifications|VerificationCheck)(?:/([^/]+))?)?$}
        or return;
    my $basic = 'Basic ' . encode_base64("$server->{account}:$server->{token}", '');
    return error(401, 20003) if ($r->{headers}{authorization} // '') ne $basic;
    return [200, { 'Content-Type' => 'application/json' }, qq({"sid":"$service","code_length":6})]
        if !$what && $service eq $server->{service} && $r->{method} eq 'GET';
    return not_found() if !$what || $service ne $server->{service} || $r->{method} ne 'POST';
    return error(415, 20001)
        if ($r->{headers}{'content-type'} // '') !~ m{^application/x-www-form-urlencoded\b};
    return update($server, $r->{form}, Provider::decode($sid)) if defined $sid;
    return $what eq 'Verifications' ? create($server, $r->{form}) : check($server, $r->{form});
}

# The open verification of a number.
sub open_one {
    my ($server, $to) = @_;
    return (grep { $_->{to} eq $to && $_->{status} eq 'pending' }
            values %{ $server->{verifications} })[0];
}

# The open verification with this SID.
sub by_sid {
    my ($server, $sid) = @_;
    my $v = $server->{verifications}{$sid};
    return $v && $v->{status} eq 'pending' ? $v : undef;
}

# Start a verification, or send its code again.
sub create {
    my ($server, $f) = @_;
    my ($to, $channel) = map { $_ // '' } @$f{qw(To Channel)};
    return error(400, 60200) if $to !~ /^\+[1-9]\d{6,14}\z/ || $channel !~ $channels;
    return error(@{ $magic{$to} }) if $magic{$to};
    my $v = open_one($server, $to);
    if (!$v) {
        my $sid = sprintf 'VE%032x', 1 + keys %{ $server->{verifications} };
        $v = $server->{verifications}{$sid} = {
            sid => $sid, to => $to, status => 'pending', checks => 0, sends => [],
            channel => $channel, code => sprintf '%06d', int rand 1_000_000
        };
    }
    return error(429, 60203) if @{ $v->{sends} } == 5;
    push @{ $v->{sends} },
        { time => $time, channel => uc $channel, attempt_sid => sprintf 'VL%032x',
        1 + @{ $v->{sends} } };
    $server->{codes}{$to} = $v->{code};
    push @{ $server->{texts} },
        {
        to => $to, body => "Your verification code is: $v->{code}", from => 'Verify',
        sid => $v->{sid}
        };
    return shown(
        $server, 201, $v, lookup => {}, send_code_attempts => $v->{sends}, sna => undef,
        url => "https://verify.twilio.com/v2/Services/$server->{service}/Verifications/$v->{sid}"
    );
}

# A verification as JSON.
sub shown {
    my ($server, $status, $v, %more) = @_;
    return [
        $status,
        { 'Content-Type' => 'application/json' },
        $json->encode({
            sid => $v->{sid}, service_sid => $server->{service}, account_sid => $server->{account},
            to => $v->{to}, channel => $v->{channel}, status => $v->{status},
            valid => $v->{status} eq 'approved' ? $true : $false, amount => undef, payee => undef,
            date_created => $time, date_updated => $time, %more
        })
    ];
}

# Check a code.
sub check {
    my ($server, $f) = @_;
    my ($code, $to, $sid) = @$f{qw(Code To VerificationSid)};
    return error(400, 60200) if ($code // '') !~ /^\d{4,10}\z/ || defined $to == defined $sid;
    my $v = (defined $sid ? by_sid($server, $sid) : open_one($server, $to)) or return not_found();
    return error(429, 60202) if ++$v->{checks} > 5;
    $v->{status} = 'approved' if $code eq $v->{code};
    return shown($server, 200, $v, sna_attempts_error_codes => []);
}

# Cancel or approve a verification.
sub update {
    my ($server, $f, $sid) = @_;
    my $v = ($sid =~ /^\+/ ? open_one($server, $sid) : by_sid($server, $sid)) or return not_found();
    return error(400, 60200) if ($f->{Status} // '') !~ /^(?:canceled|approved)\z/;
    $v->{status} = $f->{Status};
    return shown(
        $server, 200, $v, lookup => {}, send_code_attempts => $v->{sends}, sna => undef,
        url => "https://verify.twilio.com/v2/Services/$server->{service}/Verifications/$v->{sid}"
    );
}

1;
