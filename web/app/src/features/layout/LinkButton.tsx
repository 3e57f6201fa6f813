import { Button, type ButtonProps } from '@evenkeel/kit';
import { useNavigate } from 'react-router';

/** A button whose work is to go somewhere. */
export function LinkButton({ to, onPress, ...rest }: ButtonProps & { to: string }) {
  const navigate = useNavigate();
  return (
    <Button
      {...rest}
      onPress={(event) => {
        onPress?.(event);
        void navigate(to);
      }}
    />
  );
}
