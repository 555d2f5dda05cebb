import type * as Iam from '@aws-sdk/client-iam';
import { awsError, type Operations } from '../operation.ts';
import { settable } from './access-keys.ts';
import { reads, writes } from './define.ts';
import { state, theUser, userOf } from './entities.ts';
import { limitExceeded, noSuchEntity } from './errors.ts';
import { page } from './paging.ts';
import type { Certificate, User } from './state.ts';

function certificateOf(user: User, id = ''): Certificate {
  const found = user.certificates.find((each) => each.id === id);
  if (found === undefined) throw noSuchEntity(`The Certificate with id ${id} cannot be found.`);
  return found;
}

function shape(user: User, each: Certificate): Iam.SigningCertificate {
  return {
    UserName: user.name,
    CertificateId: each.id,
    CertificateBody: each.body,
    Status: each.status as Iam.StatusType,
    UploadDate: new Date(each.uploaded),
  };
}

export const certificateOperations: Operations = {
  UploadSigningCertificate: writes<Iam.UploadSigningCertificateRequest, Iam.UploadSigningCertificateResponse>(
    'UploadSigningCertificate',
    theUser,
    (call, input) => {
      const user = userOf(call, input);
      const body = input.CertificateBody ?? '';
      if (!body.startsWith('-----BEGIN CERTIFICATE-----'))
        throw awsError('MalformedCertificate', 'Invalid certificate body.', 400);
      const { certificatesPerUser } = state(call).limits;
      if (user.certificates.length >= certificatesPerUser)
        throw limitExceeded(`Cannot exceed quota for CertificatesPerUser: ${certificatesPerUser}`);
      if (user.certificates.some((each) => each.body === body))
        throw awsError('DuplicateCertificate', 'The certificate is already associated with the user.', 409);
      const made: Certificate = { id: call.id('ASCA'), body, uploaded: call.now, status: 'Active' };
      user.certificates.push(made);
      return { Certificate: shape(user, made) };
    },
  ),
  ListSigningCertificates: reads<Iam.ListSigningCertificatesRequest, Iam.ListSigningCertificatesResponse>(
    'ListSigningCertificates',
    theUser,
    (call, input) => {
      const user = userOf(call, input);
      const { items, more } = page(call, input, user.certificates, ({ id }) => id);
      return { Certificates: items.map((each) => shape(user, each)), ...more };
    },
  ),
  UpdateSigningCertificate: writes<Iam.UpdateSigningCertificateRequest, object>(
    'UpdateSigningCertificate',
    theUser,
    (call, input) => {
      certificateOf(userOf(call, input), input.CertificateId).status = settable(input.Status);
      return {};
    },
  ),
  DeleteSigningCertificate: writes<Iam.DeleteSigningCertificateRequest, object>(
    'DeleteSigningCertificate',
    theUser,
    (call, input) => {
      const user = userOf(call, input);
      user.certificates.splice(user.certificates.indexOf(certificateOf(user, input.CertificateId)), 1);
      return {};
    },
  ),
};
